/**
 * The pages of the conformance tests, built by the web pages' own Vite and with their MapLibre:
 * what is tested is the version that people get. Each page is one client.
 */
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const pages = ["maplibre", "openlayers"];

export default {
  root: here("."),
  base: "./",
  resolve: {
    alias: { "maplibre-gl": here("../../../geo_service/web/node_modules/maplibre-gl") },
  },
  build: {
    target: "es2022",
    outDir: here("../../../.build/conformance"),
    emptyOutDir: true,
    chunkSizeWarningLimit: 2_000,
    rollupOptions: { input: pages.map((page) => here(`./${page}.html`)) },
  },
};
