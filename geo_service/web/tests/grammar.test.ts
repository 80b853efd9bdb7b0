import { describe, expect, it } from "vitest";
import type { Niveau } from "../src/api/types.ts";
import { inPlace, kindOf } from "../src/words/grammar.ts";

describe("where a territory is", () => {
  it.each<[Niveau, string, string, string]>([
    ["commune", "35238", "Rennes", "à Rennes"],
    ["commune", "72181", "Le Mans", "au Mans"],
    ["commune", "97101", "Les Abymes", "aux Abymes"],
    ["commune", "17300", "La Rochelle", "à La Rochelle"],
    ["epci", "243500139", "Rennes Métropole", "dans l’intercommunalité Rennes Métropole"],
    ["departement", "48", "Lozère", "dans la Lozère"],
    ["departement", "01", "Ain", "dans l’Ain"],
    ["departement", "40", "Landes", "dans les Landes"],
    ["departement", "32", "Gers", "dans le Gers"],
    ["departement", "28", "Eure-et-Loir", "en Eure-et-Loir"],
    ["departement", "35", "Ille-et-Vilaine", "en Ille-et-Vilaine"],
    ["departement", "37", "Indre-et-Loire", "en Indre-et-Loire"],
    ["departement", "75", "Paris", "à Paris"],
    ["departement", "971", "Guadeloupe", "en Guadeloupe"],
    ["departement", "975", "Saint-Pierre-et-Miquelon", "à Saint-Pierre-et-Miquelon"],
    ["departement", "987", "Polynésie française", "en Polynésie française"],
    ["groupe", "acv", "Action cœur de ville", "dans le groupe Action cœur de ville"],
    ["region", "53", "Bretagne", "en Bretagne"],
    ["region", "32", "Hauts-de-France", "dans les Hauts-de-France"],
    ["region", "44", "Grand Est", "dans le Grand Est"],
    ["region", "04", "La Réunion", "à La Réunion"],
    ["pays", "france", "France", "en France"],
  ])("%s %s", (niveau, code, nom, expected) => {
    expect(inPlace({ niveau, code, nom })).toBe(expected);
  });
});

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
