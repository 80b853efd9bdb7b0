declare module "virtual:map-worker" {
  /** Address of MapLibre's worker in this build. */
  const url: string;
  export default url;
}
