import { describe, expect, it } from "vitest";
import { kindOf } from "../src/words/grammar.ts";

describe("what kind of territory", () => {
  it("names an intercommunalité by its legal nature", () => {
    expect(kindOf("epci", "CC")).toBe("communauté de communes");
    expect(kindOf("epci", "inconnue")).toBe("intercommunalité");
    expect(kindOf("departement", null)).toBe("département");
  });

  it("tells a collectivité from a département, and a programme from another groupe", () => {
    expect(kindOf("departement", "COM")).toBe("collectivité d’outre-mer");
    expect(kindOf("groupe", "programme")).toBe("programme");
    expect(kindOf("groupe", null)).toBe("groupe de communes");
  });
});
