import { describe, expect, it } from "vitest";
import { formatRoute, parseRoute, type Route } from "../src/app/route.ts";

const at = (address: string) => parseRoute(new URL(address, "https://atlas.example"));

describe("addresses", () => {
  it("opens the country at the root", () => {
    expect(at("/")).toEqual({ niveau: "pays", code: "france", indicator: { kind: "ensemble" } });
  });

  it("opens a territory and an indicator", () => {
    expect(at("/commune/35238?service=site-internet-commune")).toEqual({
      niveau: "commune",
      code: "35238",
      indicator: { kind: "service", code: "site-internet-commune" },
    });
  });

  it.each(["/planete/1", "/commune", "/commune/1/2", "/api/territoires", "/commune/%3Cscript%3E"])(
    "is not fooled by %s",
    (address) => {
      expect(at(address)).toBeNull();
    },
  );

  it("ignores an indicator that cannot be a code", () => {
    expect(at("/?enjeu=%3Cb%3E")?.indicator).toEqual({ kind: "ensemble" });
  });

  it.each<Route>([
    { niveau: "pays", code: "france", indicator: { kind: "ensemble" } },
    { niveau: "pays", code: "france", indicator: { kind: "theme", code: "vivre-ensemble" } },
    { niveau: "departement", code: "2A", indicator: { kind: "enjeu", code: "identite" } },
    { niveau: "epci", code: "243500139", indicator: { kind: "service", code: "site" } },
  ])("reads back what it writes: %o", (route) => {
    expect(at(formatRoute(route))).toEqual(route);
  });
});
