/** Small made-up answers of the API, complete enough for the words written about them. */

import type {
  Couverture,
  Niveau,
  ServiceCouvert,
  Statut,
  TerritoireDetail,
} from "../src/api/types.ts";

export function service(change: Partial<ServiceCouvert> = {}): ServiceCouvert {
  return {
    code: "site",
    libelle: "Site internet de la commune",
    enjeu: "identite",
    theme: "democratie",
    documente: true,
    statut: "present",
    actions: 0,
    lieux: 0,
    communes_presentes: 0,
    communes_partagees: 0,
    communes_absentes: 0,
    communes_non_renseignees: 0,
    population_couverte: 0,
    part_population: null,
    ...change,
  };
}

export function named(libelle: string, statut: Statut): ServiceCouvert {
  return service({ code: libelle.toLowerCase().replaceAll(" ", "-"), libelle, statut });
}

export function coverage(services: ServiceCouvert[], change: Partial<Couverture> = {}): Couverture {
  const documented = services.filter((s) => s.documente);
  const got = documented.filter((s) => s.statut === "present" || s.statut === "partage");
  return {
    territoire: { niveau: "commune", code: "35238", nom: "Rennes", population: 100, communes: 1 },
    taux: documented.length === 0 ? null : got.length / documented.length,
    documentes: documented.length,
    presents: got.length,
    services_total: services.length,
    par_theme: [],
    par_enjeu: [],
    services,
    publication: "0123456789ab",
    millesime: 2026,
    sources: [],
    ...change,
  };
}

export function place(
  niveau: Niveau,
  code: string,
  nom: string,
  population: number | null = 1234,
): Pick<TerritoireDetail, "niveau" | "code" | "nom" | "population"> {
  return { niveau, code, nom, population };
}
