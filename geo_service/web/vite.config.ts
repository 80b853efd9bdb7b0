import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

/**
 * Emits MapLibre's worker as a chunk of the same build as the page, so that both share their core
 * (about 150 kB gzip saved over a bundle of its own). `virtual:map-worker` gives its address.
 */
function mapWorker(): Plugin {
  const virtual = "virtual:map-worker";
  return {
    name: "map-worker",
    apply: "build",
    resolveId: (id) => (id === virtual ? `\0${virtual}` : undefined),
    load(id) {
      if (id !== `\0${virtual}`) return undefined;
      const worker = this.emitFile({
        type: "chunk",
        id: "maplibre-gl/dist/maplibre-gl-worker.mjs",
        name: "map-worker",
        preserveSignature: false,
      });
      return `export default import.meta.ROLLUP_FILE_URL_${worker};`;
    },
  };
}

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** One entry for each kind of page. */
const ENTRIES = ["site", "widget", "widget-page", "kit"].map((name) => `${HERE}src/${name}.ts`);

export default defineConfig({
  root: HERE,
  plugins: [mapWorker()],
  experimental: {
    // Scripts name the files beside them, so that a kit works in any folder of any site;
    // stylesheets are written in pages at any depth, and name theirs from the root.
    renderBuiltUrl: (_file, { hostType }) => (hostType === "js" ? { relative: true } : undefined),
  },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    // The server finds what a page needs in the manifest (geo_service/site/assets.py).
    manifest: true,
    // A kit is given away with the licences of what it is made of.
    license: { fileName: "licences.md" },
    rollupOptions: { input: ENTRIES },
  },
});
