"""How the commands speak to people: French sentences on stderr, no stack trace."""

from __future__ import annotations

import datetime as dt
import errno
import sys
import traceback
from typing import Any

import psycopg
import typer
from typer.core import TyperGroup

from boundaries.errors import AtlasError
from geo_service.settings import Settings


class FrenchGroup(TyperGroup):
    """A group of commands that tells every failure in French and exits with code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command named on the command line."""
        try:
            return super().invoke(ctx)
        except AtlasError as error:
            _fail(str(error))
        except psycopg.errors.DiskFull as error:
            _fail(
                "Il n'y a plus de place sur le disque de la base de données "
                f"({str(error).strip().splitlines()[0]}). L'atlas publié est inchangé. Libérez de "
                "la place, puis relancez."
            )
        except psycopg.OperationalError as error:
            _fail(
                "La base de données ne répond plus : "
                f"{str(error).strip().splitlines()[0]}. L'atlas publié est inchangé. "
                "Vérifiez qu'elle est démarrée et qu'il reste de la place, puis relancez."
            )
        except OSError as error:
            name = f" ({error.filename})" if error.filename else ""
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                _fail(
                    f"Il n'y a plus de place sur le disque{name}. L'atlas publié est inchangé. "
                    "Libérez de la place, puis relancez."
                )
            _fail(
                f"Le système a refusé une opération{name} : {error.strerror or error}. "
                "Vérifiez la place libre et les droits, puis relancez."
            )
        except (typer.Exit, typer.Abort, KeyboardInterrupt):
            raise
        except Exception as error:
            if _is_click(error):
                raise
            _fail(_unexpected(error))


def _is_click(error: Exception) -> bool:
    """Whether the error is one of the command line's own, which it tells by itself."""
    return hasattr(error, "format_message") or hasattr(error, "exit_code")


def _unexpected(error: Exception) -> str:
    path = Settings().state_dir / "erreur.log"
    trace = f"--- {dt.datetime.now(dt.UTC).isoformat()}\n" + "".join(
        traceback.format_exception(error)
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(trace)
    except OSError:
        # A container may have no folder to write to: the trace then goes to its log.
        sys.stderr.write(trace)
        return (
            f"Une erreur imprévue a arrêté la commande ({type(error).__name__}). L'atlas publié "
            "est inchangé. Joignez le détail ci-dessus à votre signalement."
        )
    return (
        f"Une erreur imprévue a arrêté la commande ({type(error).__name__}). L'atlas publié est "
        f"inchangé. Joignez le fichier {path} à votre signalement."
    )


def _fail(sentence: str) -> None:
    typer.secho(f"Erreur : {sentence}", err=True, fg=typer.colors.RED)
    raise typer.Exit(1) from None
