import { describe, expect, it } from "vitest";
import { diagnose, diagnoseService } from "../src/words/diagnosis.ts";
import { coverage, named, place, service } from "./factories.ts";

const plain = (sentences: string[]) => sentences.join(" ").replace(/[\u00a0\u202f]/g, " ");

describe("a commune in words", () => {
  const services = [
    named("Site internet", "present"),
    named("Bibliothèque", "partage"),
    named("Espace France services", "absent"),
    named("Budget participatif", "non_renseigne"),
    service({ code: "x", libelle: "Autre", documente: false, statut: "non_renseigne" }),
  ];
  const words = diagnose(place("commune", "72181", "Le Mans"), coverage(services));

  it("says how many of the documented services are there", () => {
    expect(plain(words.summary)).toBe(
      "Au Mans, 2 services sont présents ou partagés, sur 4 documentés.",
    );
  });

  it("parts what is there from what is carried for it", () => {
    expect(plain(words.there)).toBe(
      "Dans la commune : site internet. Porté pour elle par l’intercommunalité, le département ou la région : bibliothèque.",
    );
  });

  it("says what is missing and for how many people", () => {
    expect(plain(words.missing)).toContain("Espace France services.");
    expect(plain(words.missing)).toContain("1 234 habitants sont concernés.");
    expect(plain(words.missing)).not.toContain("Budget participatif");
  });

  it("never takes a silence for a gap", () => {
    expect(plain(words.unknown)).toBe(
      "Personne ne s’est prononcé ici sur : budget participatif. Un service du référentiel n’est documenté par aucune source : le taux n’en tient pas compte.",
    );
  });

  it("shortens a long list without losing the count", () => {
    const many = Array.from({ length: 9 }, (_, i) => named(`Service ${i}`, "present"));
    const { there } = diagnose(place("commune", "35238", "Rennes"), coverage(many));
    expect(plain(there)).toContain("service 4 et 4 autres.");
  });

  it("says so when nothing is documented", () => {
    const silent = coverage([service({ documente: false, statut: "non_renseigne" })]);
    const { summary, missing } = diagnose(place("commune", "35238", "Rennes"), silent);
    expect(plain(summary)).toContain("aucun taux ne peut être calculé");
    expect(missing).toEqual([]);
  });

  it("does not invent a number of people", () => {
    const { missing } = diagnose(
      place("commune", "35238", "Rennes", null),
      coverage([named("Site internet", "absent")]),
    );
    expect(plain(missing)).toContain("n’est pas connu");
  });
});

describe("a larger territory in words", () => {
  const site = service({
    communes_presentes: 79,
    communes_absentes: 73,
    population_couverte: 62970,
    part_population: 0.823,
  });
  const lozere = place("departement", "48", "Lozère", 76486);

  it("counts the communes and people without a service", () => {
    const { missing } = diagnose(lozere, coverage([site]));
    expect(plain(missing)).toBe(
      "Site internet de la commune : 73 communes en sont dépourvues, soit 13 516 habitants.",
    );
  });

  it("does not count people while some communes have said nothing", () => {
    const { missing, unknown } = diagnose(
      lozere,
      coverage([{ ...site, communes_non_renseignees: 2 }]),
    );
    expect(plain(missing)).toBe("Site internet de la commune : 73 communes en sont dépourvues.");
    expect(plain(unknown)).toContain("site internet de la commune (2 communes)");
  });

  it("says when no gap is known", () => {
    const { missing } = diagnose(lozere, coverage([{ ...site, communes_absentes: 0 }]));
    expect(plain(missing)).toBe("Aucun manque constaté parmi les services documentés.");
  });

  it("speaks of the service looked at", () => {
    expect(plain(diagnoseService(lozere, site))).toBe(
      "Dans la Lozère, 79 communes disposent de ce service, soit 82 % de la population. 73 communes en sont dépourvues, soit 13 516 habitants.",
    );
  });
});

describe("a service nobody spoke of here", () => {
  it("is a question, not a share of nothing", () => {
    const silent = service({ communes_non_renseignees: 152, part_population: 0 });
    expect(plain(diagnoseService(place("departement", "48", "Lozère"), silent))).toBe(
      "Dans la Lozère, personne ne s’est prononcé sur ce service. Ce n’est pas un manque, c’est une question.",
    );
  });
});

describe("one service in one commune", () => {
  const rennes = place("commune", "35238", "Rennes");
  it.each([
    ["present", "ce service est présent"],
    ["partage", "ce service est porté par"],
    ["absent", "ce service manque"],
    ["non_renseigne", "Ce n’est pas un manque, c’est une question."],
  ] as const)("%s", (statut, words) => {
    expect(plain(diagnoseService(rennes, named("Site internet", statut)))).toContain(words);
  });
});
