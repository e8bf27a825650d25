# One image for every process of Baton; docker-compose.yml says which of them a container runs.
# No broker and no ClickHouse engine are in it (the extra `local` stays out): in containers these are servers of their own.

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/baton
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY measures measures
COPY runtime runtime
COPY broker broker
COPY producers producers
COPY streams streams
COPY sinks sinks
COPY verification verification
COPY local local
COPY baton baton
RUN /opt/baton/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.11.14-slim-bookworm
RUN groupadd --gid 10001 baton \
    && useradd --uid 10001 --gid baton --no-create-home --home-dir /var/lib/baton --shell /usr/sbin/nologin baton \
    && install --directory --owner=baton --group=baton --mode=0700 /var/lib/baton
COPY --from=build /opt/baton /opt/baton
ENV PATH=/opt/baton/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BATON_HOME=/var/lib/baton
WORKDIR /var/lib/baton
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 CMD ["baton", "healthy"]
ENTRYPOINT ["baton"]
CMD ["--help"]
