/** Whether this device can draw the map, asked before its code is fetched. */
export function hasWebGL(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  // Contexts are few in a page: this one is given back at once.
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}
