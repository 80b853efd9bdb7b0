/** The stylesheet of the map, fetched with it and only then. */

import address from "../styles/exploration.css?url";

/**
 * Put the stylesheet where a figure is, in its shadow tree if it is in one.
 *
 * Ours rather than Vite's own loading, which never asks again for one that failed.
 *
 * @throws {Error} if it cannot be fetched; nothing stays of it, so that it can be tried again.
 */
export function loadStyle(figure: HTMLElement): Promise<void> {
  const root = figure.getRootNode();
  const holder = root instanceof ShadowRoot ? root : document.head;
  if (holder.querySelector("link[data-carte-style]") !== null) return Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(address, import.meta.url).href;
  link.dataset["carteStyle"] = "";
  return new Promise((resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error(`stylesheet ${address} of the map not fetched`));
    });
    holder.append(link);
  });
}
