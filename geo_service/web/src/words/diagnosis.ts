/**
 * Turns the coverage of a territory into plain French sentences: what is there, what is missing,
 * what is not known. Pure functions: the same figures always give the same words.
 */

import type { Couverture, ServiceCouvert, TerritoireDetail } from "../api/types.ts";
import { count, fr, inhabitants, list, lowerFirst, number, percent, upperFirst } from "./format.ts";
import { inPlace } from "./grammar.ts";

export interface Diagnosis {
  /** One or two sentences that say the whole. */
  summary: string[];
  there: string[];
  missing: string[];
  unknown: string[];
}

/** How many services are named in a sentence before "et n autres". */
const NAMED = 6;

type Place = Pick<TerritoireDetail, "niveau" | "code" | "nom" | "population">;

export function diagnose(place: Place, coverage: Couverture): Diagnosis {
  const documented = coverage.services.filter((service) => service.documente);
  if (documented.length === 0) return undocumented(place, coverage);
  const parts =
    place.niveau === "commune" ? ofCommune(place, documented) : ofLarger(place, coverage, documented);
  return {
    summary: parts.summary,
    there: parts.there,
    missing: parts.missing,
    unknown: [...parts.unknown, ...silence(coverage)],
  };
}

function undocumented(place: Place, coverage: Couverture): Diagnosis {
  return {
    summary: [
      fr`Aucune source de cet atlas ne parle encore des services numériques ${inPlace(place)} : aucun taux ne peut être calculé.`,
    ],
    there: [],
    missing: [],
    unknown: silence(coverage),
  };
}

/** The services nobody speaks of, which no rate takes into account. */
function silence({ documentes, services_total }: Couverture): string[] {
  const silent = services_total - documentes;
  if (silent <= 0) return [];
  const subject =
    silent === 1
      ? "Un service du référentiel n’est documenté"
      : `${number(silent)} services du référentiel ne sont documentés`;
  return [fr`${subject} par aucune source : le taux n’en tient pas compte.`];
}

function named(services: readonly ServiceCouvert[]): string {
  const labels = services.map((service) => lowerFirst(service.libelle));
  if (labels.length <= NAMED) return list(labels);
  const rest = labels.length - NAMED + 1;
  return list([...labels.slice(0, NAMED - 1), `${number(rest)} autres`]);
}

const withStatut = (services: readonly ServiceCouvert[], statut: ServiceCouvert["statut"]) =>
  services.filter((service) => service.statut === statut);

// --- one commune -------------------------------------------------------------------------------

function ofCommune(place: Place, documented: readonly ServiceCouvert[]): Diagnosis {
  const present = withStatut(documented, "present");
  const shared = withStatut(documented, "partage");
  const absent = withStatut(documented, "absent");
  const unknown = withStatut(documented, "non_renseigne");
  const got = present.length + shared.length;
  const where = upperFirst(inPlace(place));
  const all = documented.length;

  const there: string[] = [];
  if (present.length > 0) there.push(fr`Dans la commune : ${named(present)}.`);
  if (shared.length > 0) {
    there.push(
      fr`Porté pour elle par l’intercommunalité, le département ou la région : ${named(shared)}.`,
    );
  }
  if (got === 0) there.push(fr`Aucun des services documentés n’y a été trouvé.`);

  const missing =
    absent.length === 0
      ? [fr`Aucun manque constaté parmi les services documentés.`]
      : [
          fr`${upperFirst(named(absent))}.`,
          fr`Une source complète couvre la commune et n’y trouve rien : ${concerned(place.population)}.`,
        ];

  const open =
    unknown.length === 0 ? [] : [fr`Personne ne s’est prononcé ici sur : ${named(unknown)}.`];

  return {
    summary: [
      fr`${where}, ${number(got)} ${got >= 2 ? "services sont présents ou partagés" : "service est présent ou partagé"}, sur ${number(all)} ${all >= 2 ? "documentés" : "documenté"}.`,
    ],
    there,
    missing,
    unknown: open,
  };
}

function concerned(population: number | null): string {
  return population === null
    ? "le nombre d’habitants concernés n’est pas connu"
    : `${inhabitants(population)} ${population >= 2 ? "sont concernés" : "est concerné"}`;
}

// --- a larger territory ------------------------------------------------------------------------

function ofLarger(
  place: Place,
  coverage: Couverture,
  documented: readonly ServiceCouvert[],
): Diagnosis {
  const where = upperFirst(inPlace(place));
  const communes = coverage.territoire.communes;
  const summary: string[] = [];
  if (coverage.taux !== null) {
    summary.push(
      fr`${where}, un habitant trouve en moyenne ${percent(coverage.taux)} des ${count(documented.length, "service documenté", "services documentés")} dans sa commune, ou portés pour elle.`,
    );
  }
  summary.push(
    fr`${count(coverage.presents, "service")} sur ${number(coverage.documentes)} ${coverage.presents >= 2 ? "y sont présents" : "y est présent"} quelque part, dans au moins une de ses ${count(communes, "commune")}.`,
  );

  const reached = documented
    .filter((service) => (service.part_population ?? 0) > 0)
    .toSorted((a, b) => (b.part_population ?? 0) - (a.part_population ?? 0));
  const there = reached
    .slice(0, 3)
    .map(
      (service) =>
        fr`${service.libelle} : ${percent(service.part_population ?? 0)} de la population.`,
    );
  if (there.length === 0) there.push(fr`Aucun des services documentés n’y a été trouvé.`);

  return { summary, there, missing: gaps(place, documented), unknown: questions(documented) };
}

function gaps(place: Place, documented: readonly ServiceCouvert[]): string[] {
  const missing = documented
    .filter((service) => service.communes_absentes > 0)
    .toSorted((a, b) => b.communes_absentes - a.communes_absentes);
  if (missing.length === 0) return [fr`Aucun manque constaté parmi les services documentés.`];
  return missing
    .slice(0, 3)
    .map((service) => fr`${service.libelle} : ${lacking(place, service)}.`);
}

/** One gap. People are counted only when every commune has said yes or no. */
function lacking(place: Place, service: ServiceCouvert): string {
  const communes = count(service.communes_absentes, "commune");
  const verb = service.communes_absentes >= 2 ? "en sont dépourvues" : "en est dépourvue";
  const certain = service.communes_non_renseignees === 0 && place.population !== null;
  const people = certain
    ? `, soit ${inhabitants(Math.max(0, (place.population ?? 0) - (service.population_couverte ?? 0)))}`
    : "";
  return `${communes} ${verb}${people}`;
}

function questions(documented: readonly ServiceCouvert[]): string[] {
  const open = documented
    .filter((service) => service.communes_non_renseignees > 0)
    .toSorted((a, b) => b.communes_non_renseignees - a.communes_non_renseignees);
  if (open.length === 0) return [];
  const sample = open
    .slice(0, 3)
    .map(
      (service) =>
        `${lowerFirst(service.libelle)} (${count(service.communes_non_renseignees, "commune")})`,
    );
  const rest = open.length - sample.length;
  if (rest > 0) sample.push(count(rest, "autre service", "autres services"));
  return [fr`On ne sait pas partout pour : ${list(sample)}.`];
}

/** Whether at least one commune has said yes or no; a share of nothing known is no share. */
export function isKnown(service: ServiceCouvert): boolean {
  return service.communes_presentes + service.communes_partagees + service.communes_absentes > 0;
}

/** The rate of a territory; none where nobody has said anything of any service. */
export function knownRate({ taux, services }: Couverture): number | null {
  return services.some(isKnown) ? taux : null;
}

// --- one service -------------------------------------------------------------------------------

/** What the panel says of the service chosen on the map. */
export function diagnoseService(place: Place, service: ServiceCouvert): string[] {
  const where = upperFirst(inPlace(place));
  if (!service.documente) {
    return [fr`Aucune source de cet atlas ne parle encore de ce service.`];
  }
  if (place.niveau === "commune") return [ofOneService(where, place, service)];
  if (!isKnown(service)) {
    return [
      fr`${where}, personne ne s’est prononcé sur ce service. Ce n’est pas un manque, c’est une question.`,
    ];
  }
  const have = service.communes_presentes + service.communes_partagees;
  const sentences = [
    fr`${where}, ${count(have, "commune")} ${have >= 2 ? "disposent" : "dispose"} de ce service${shareOf(service)}.`,
  ];
  if (service.communes_absentes > 0) sentences.push(fr`${upperFirst(lacking(place, service))}.`);
  if (service.communes_non_renseignees > 0) {
    const open = service.communes_non_renseignees;
    sentences.push(
      fr`Pour ${count(open, "commune")}, personne ne s’est prononcé : ce n’est pas un manque, c’est une question.`,
    );
  }
  return sentences;
}

function shareOf(service: ServiceCouvert): string {
  return service.part_population === null
    ? ""
    : `, soit ${percent(service.part_population)} de la population`;
}

function ofOneService(where: string, place: Place, service: ServiceCouvert): string {
  switch (service.statut) {
    case "present":
      return fr`${where}, ce service est présent.`;
    case "partage":
      return fr`${where}, ce service est porté par l’intercommunalité, le département ou la région.`;
    case "absent":
      return fr`${where}, ce service manque. Une source complète couvre la commune et n’y trouve rien ; ${concerned(place.population)}.`;
    case "non_renseigne":
      return fr`${where}, personne ne s’est prononcé sur ce service. Ce n’est pas un manque, c’est une question.`;
  }
}
