"""The fiche: a territory on two A4 pages, as a PDF to print or to file."""
