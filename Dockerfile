# The image holds the daemon, its libraries and nothing else: no shell, no package manager.
# `docker build -t swarm-autoscaler .` does; the classic builder is enough. Without a network: put a ready tree into
# build/image (stack/image-root BINARY build/image/swarm-autoscaler) and name any base that has a shell by
# --build-arg BASE=IMAGE.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS build
WORKDIR /src
# Only what the packages depend on, so that a changed source does not install them again. The pattern matches the
# markers of ready trees, or nothing.
COPY stack/install-packages stack/image-build stack/
COPY stack/image-build build/image/*.read[y] build/image/
RUN sh stack/image-build packages
COPY . .
RUN sh stack/image-build root swarm-autoscaler

FROM scratch
COPY --from=build /image /
# Runs as root, for the engine's socket belongs to root. Where it belongs to a group, run as 65532:GROUP instead. Storage is
# /data, the only place that is written to: put a volume there, and the rest may be read-only.
EXPOSE 9093
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/usr/bin/swarm-autoscaler", "health"]
ENTRYPOINT ["/usr/bin/swarm-autoscaler"]
CMD ["--config.file=/etc/swarm-autoscaler/policy.yml", "--storage.path=/data"]
