# The atlas with Docker: `docker compose up` (see docs/exploitation.md).
# Two images of one code: `etl` loads and publishes, `api` serves and can only read.

# --- the web pages -----------------------------------------------------------------------------
FROM node:22.12.0-bookworm-slim AS web
WORKDIR /projet/geo_service/web
# The dependencies first: this layer is kept as long as the lock file does not change.
COPY geo_service/web/package.json geo_service/web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY geo_service/web ./
RUN npm run build

# --- the Python environment --------------------------------------------------------------------
FROM python:3.11.12-slim-bookworm AS python
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /projet
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project
COPY atlas.toml ./
COPY correspondances correspondances
COPY boundaries boundaries
COPY etl etl
COPY tiles tiles
COPY geo_service geo_service
COPY --from=web /projet/geo_service/web/dist geo_service/web/dist
# The fonts and sprites of the map styles, made from the font of the pages; then without their tools.
# So are those of the fiche.
COPY --from=web /projet/geo_service/web/node_modules/@fontsource-variable polices
RUN uv run --frozen --no-dev python -m geo_service.styles.build polices/source-sans-3/files && \
    uv run --frozen --no-dev python -m geo_service.fiche.build polices && rm -r polices
RUN uv sync --frozen --no-dev --no-group assets

# --- what both images share --------------------------------------------------------------------
FROM python:3.11.12-slim-bookworm AS commun
LABEL org.opencontainers.image.title="Atlas de l'internet citoyen" \
      org.opencontainers.image.description="Couverture des services numériques publics dans les communes de France" \
      org.opencontainers.image.vendor="Villes Internet"
# A user without password, shell or rights; only /var/lib/atlas is its own.
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/atlas --create-home atlas
COPY --from=python /projet /projet
WORKDIR /projet
ENV PATH=/projet/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GEO_STATE_DIR=/var/lib/atlas \
    GEO_CONFIG=/projet/atlas.toml
VOLUME /var/lib/atlas

# --- load and publish, then stop ---------------------------------------------------------------
FROM commun AS etl
LABEL org.opencontainers.image.ref.name="atlas-etl"
# One of the default sources is an npm package: its own client fetches it.
COPY --from=web /usr/local/bin/node /usr/local/bin/node
COPY --from=web /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
USER atlas
# It ends by itself: its exit code, not a probe, says whether all went well.
HEALTHCHECK NONE
CMD ["geo-service", "etl", "run"]

# --- serve (the default image) -----------------------------------------------------------------
FROM commun AS api
LABEL org.opencontainers.image.ref.name="atlas-api"
USER atlas
ENV GEO_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
CMD ["geo-service", "serve"]
