/** Moves between addresses without reloading the page, and tells who asked to know. */

import { formatRoute, parseRoute, type Route } from "./route.ts";

/** Where a move came from: it decides whether the map flies and where the focus goes. */
export type Origin = "load" | "history" | "link" | "search" | "map";

type Listener = (route: Route, origin: Origin) => void;

export class Navigation {
  #route: Route;
  #listeners: Listener[] = [];

  constructor(initial: Route) {
    this.#route = initial;
    addEventListener("popstate", () => {
      const route = parseRoute(new URL(location.href));
      if (route !== null) this.#move(route, "history");
    });
    document.addEventListener("click", (event) => this.#follow(event));
  }

  get route(): Route {
    return this.#route;
  }

  /** Be told of every later move. */
  onMove(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Open an address, keeping the one left behind in the browser's history. */
  go(route: Route, origin: Origin): void {
    const address = formatRoute(route);
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
    this.#move(route, origin);
  }

  #move(route: Route, origin: Origin): void {
    this.#route = route;
    for (const listener of this.#listeners) listener(route, origin);
  }

  /** Ordinary links to territories stay on this page; modified clicks keep their meaning. */
  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.hasAttribute("download") || link.target !== "") return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || url.hash !== "") return;
    const route = parseRoute(url);
    if (route === null) return;
    event.preventDefault();
    this.go(route, "link");
  }
}
