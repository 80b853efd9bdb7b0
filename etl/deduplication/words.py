"""What tells a place apart in its name, its address, its telephone and its site."""

from __future__ import annotations

import re

import pandas as pd

from boundaries.names import normalise

#: Kinds of place that a name tells: two places of other kinds are two places, even at one address
#: (somebody who looks for the France services counter is not helped by the mairie's). A name may
#: tell several: « Mairie de X, espace France services ».
GENRES: dict[str, str] = {
    "mairie": r"mairie|hotel de ville|^(la )?(commune|ville) d[eu]s?\b|^(commune|ville)$",
    "mairie_annexe": r"mairie (annexe|deleguee|de quartier|de proximite)|annexe de la mairie",
    "ccas": r"\bccas\b|\bcias\b|(centre|ctre) (inter ?)?com(munal)? (d )?action social",
    "france_services": r"\bfrances? services?\b|\bmsap\b|\bmfs\b|maisons? (de|des) services? au"
    r"|espaces? (de )?services? au public",
    "bibliotheque": r"bibliotheque|mediatheque|ludotheque|point lecture|\bludomediatheque",
    "centre_social": r"centre (medico )?socio ?cu|centre social|centres sociaux|\bmjc\b"
    r"|espace de vie sociale|maison de quartier|maison pour tous|maison des habitants",
    "mission_locale": r"mission locale|\bmljr?\b",
    "emploi": r"pole emploi|cap emploi|maison de l emploi|france travail|\bplie\b",
    "poste": r"\bla poste\b|bureau de poste|\bpostale\b",
    "pimms": r"\bpimms\b",
    "departement": r"conseil (departemental|general)|maison (du|de) departement|maisons? d(es|e) "
    r"solidarites?|maison departementale|^departement|\bmdph\b|\bmds[i]?\b|\butas\b|\bcms\b",
    "intercommunalite": r"communaute (de )?(communes|d agglo|urbaine|agglo)|^com(mu)? d?e? ?com"
    r"|agglomeration|metropole",
    "numerique": r"\bepn\b|cyber|espace (public )?numerique|espace multimedia|\bfab ?lab\b"
    r"|maison du numerique|pole numerique|tiers lieu|hub numerique",
    "ecole": r"\becole\b|\bcollege\b|\blycee\b|universite|\bgreta\b|\bafpa\b",
    "foyer": r"foyer|residence|\behpad\b|\bfjt\b|hebergement|\bchrs\b",
    "caf": r"\bcaf\b|allocations? familiales?",
    "sante": r"\bcpam\b|assurance maladie|hopital|centre hospitalier|\bmsa\b|mutualite sociale",
    "etat": r"prefecture|tribunal|tresorerie|finances publiques|\bscpi\b|maison d arret|penitenti",
    "associations": r"maison des associations|emmaus|croix rouge|secours (populaire|catholique)"
    r"|restos? du c|udaf|\bcidff\b|familles rurales|\badmr\b",
    "jeunesse": r"information jeunesse|\bpij\b|\bbij\b|\bcrij\b|point (information )?jeune",
}
_GENRES = {genre: re.compile(pattern) for genre, pattern in GENRES.items()}

#: Services that only one kind of place gives.
GENRES_DES_SERVICES = {
    "accueil-mairie": "mairie",
    "france-services": "france_services",
    "bibliotheque-publique": "bibliotheque",
}

#: Words that say nothing of which place it is.
_MUETS_TEXTE = (
    "a au aux avec ce chez d dans de des du en et l la le les ou par pour s sur un une "
    "municipal municipale municipaux communal communale intercommunal intercommunale territoriale "
    "bibliotheque mediatheque mairie commune ville france service services espace maison public "
    "publique publics centre social sociale point antenne site relais lieu structure association "
    "asso ccas cias mission locale hotel numerique annexe labellisee labellise itinerant fixe bus "
    "accueil siege depot lecture action bureau conseiller communaute communes departement "
    "departemental conseil"
)
_MUETS = frozenset(_MUETS_TEXTE.split())
#: Kinds of streets, and how they are shortened.
_VOIES_TEXTE = (
    "rue r avenue av ave boulevard bd bld bvd blvd place pl impasse imp allee allees all chemin ch "
    "che chem route rte square sq cours quai faubourg fg fbg esplanade espl passage pass promenade "
    "ruelle sentier residence res zone za zac zi batiment bat bis ter quater b t bp cs lieu dit "
    "lieudit etage porte n no numero le la les de du des d l et a au aux en sur st saint sainte "
    "ste cedex cdx general gal gl docteur dr president marechal bourg"
)
_VOIES = frozenset(_VOIES_TEXTE.split())
_POSTCODE = re.compile(r"(?<=\S )\d{5}\b.*$")
_NUMBER = re.compile(r"\b(\d{1,4})\b")
_HOST = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
_PHONE = re.compile(r"\D")
#: Digits of a French number without its 0 or its country.
_PHONE_DIGITS = 9


def genres_of(name: str) -> frozenset[str]:
    """Kinds of place that a normalised name tells."""
    found = {genre for genre, pattern in _GENRES.items() if pattern.search(name)}
    if "mairie_annexe" in found:
        found.discard("mairie")
    # Who runs a library or a counter is no kind of place.
    if len(found) > 1:
        found.discard("intercommunalite")
    return frozenset(found)


def _carrier(given: frozenset[str]) -> frozenset[str]:
    return frozenset({"intercommunalite"}) if given else frozenset()


def distinctive(name: str, commune: str) -> str:
    """Words of a normalised name that tell it apart, without those of its commune's name."""
    silent = _MUETS | set(commune.split())
    return " ".join(word for word in name.split() if word not in silent and len(word) > 1)


def street(address: str) -> tuple[str, str]:
    """Split off the number and street of an address, without small words and kinds of street.

    Parameters
    ----------
    address
        As written; what follows the postcode is the town's and is not read.

    Returns
    -------
    number, street : str
        Empty where the address does not tell.
    """
    bare = _POSTCODE.sub("", normalise(address))
    found = _NUMBER.search(bare)
    tail = bare[found.end() :] if found else bare
    words = [word for word in tail.split() if word not in _VOIES and not word.isdigit()]
    if not words and found:
        head = bare[: found.start()].split()
        words = [word for word in head if word not in _VOIES and not word.isdigit()]
    return (found[1].lstrip("0") if found else ""), " ".join(words)


def phone(text: str) -> str:
    """Nine last digits of a telephone number; empty when there are not as many."""
    digits = _PHONE.sub("", text)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else ""


def site(text: str) -> str:
    """Host and path of a site, without what two writings of one differ by."""
    return _HOST.sub("", text.strip()).rstrip("/").lower()


def identifier(lieu: str) -> str:
    """Give the identifier of a lieu in its source, when long enough not to be a mere number."""
    tail = lieu.partition(":")[2]
    return tail if len(tail) >= 12 else ""  # noqa: PLR2004


def described(lieux: pd.DataFrame) -> pd.DataFrame:
    """Describe lieux by what tells them apart.

    Parameters
    ----------
    lieux : pandas.DataFrame
        ``id, nom, commune_nom, adresse, telephone, site_web, siret`` (str; missing allowed);
        ``services``, codes separated by commas.

    Returns
    -------
    pandas.DataFrame
        Same index: ``entier`` (whole name), ``genres`` (frozenset), ``propre`` (distinctive
        words), ``numero``, ``voie``, ``tel``, ``web``, ``siret``, ``identifiant``; empty texts
        where unknown.
    """
    texts = {
        name: lieux[name].fillna("").astype("str")
        for name in ("id", "nom", "commune_nom", "adresse", "telephone", "site_web", "siret")
    }
    given = lieux["services"].fillna("").astype("str")
    names = _mapped(texts["nom"], normalise)
    towns = _mapped(texts["commune_nom"], normalise)
    kinds = {name: genres_of(name) for name in names.unique()}
    given_kinds = {
        services: frozenset(
            GENRES_DES_SERVICES[service]
            for service in services.split(",")
            if service in GENRES_DES_SERVICES
        )
        for services in given.unique()
    }
    addresses = {text: street(text) for text in texts["adresse"].unique()}
    return pd.DataFrame(
        {
            "entier": names,
            "genres": [
                (kinds[name] | given_kinds[services]) - _carrier(given_kinds[services])
                for name, services in zip(names, given, strict=True)
            ],
            "propre": [distinctive(n, town) for n, town in zip(names, towns, strict=True)],
            "numero": [addresses[text][0] for text in texts["adresse"]],
            "voie": [addresses[text][1] for text in texts["adresse"]],
            "tel": _mapped(texts["telephone"], phone),
            "web": _mapped(texts["site_web"], site),
            "siret": texts["siret"],
            "identifiant": [identifier(text) for text in texts["id"]],
        },
        index=lieux.index,
    )


def _mapped(texts: pd.Series[str], change: object) -> pd.Series[str]:
    """Apply a function to each distinct text once."""
    known = {text: change(text) for text in texts.unique()}  # type: ignore[operator]
    mapped: pd.Series[str] = texts.map(known).astype("object")
    return mapped
