# The bridge with its local realtime server and the offline recognisers. Python 3.13 is the newest
# for which PocketSphinx has wheels. Only wheels are installed, because compiling under emulation
# would take hours.
#
# The digest names one build of the base image for all platforms; Dependabot proposes the next one.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
# What the image can do, as extras of the package. "house,zeroconf" makes the slim image, which
# supports only speech services and no offline recogniser.
ARG EXTRAS=ear,house,local,metrics,redis,zeroconf
WORKDIR /source
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY systemd systemd
COPY wyoming_bridge wyoming_bridge
# PocketSphinx requires sounddevice to record from a microphone, which the bridge never does. pip is
# removed too, so that an attacker who breaks in cannot use it to install programs.
RUN python -m venv /opt/wyoming-bridge \
  && /opt/wyoming-bridge/bin/pip install --no-cache-dir -c constraints.txt --upgrade pip \
  && /opt/wyoming-bridge/bin/pip install --no-cache-dir -c constraints.txt \
    --build-constraint constraints.txt --only-binary :all: ".[$EXTRAS]" \
  && /opt/wyoming-bridge/bin/pip uninstall --yes sounddevice cffi pycparser pip

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
LABEL org.opencontainers.image.title="Wyoming Bridge" \
  org.opencontainers.image.description="Wyoming speech-to-text on realtime speech services, and offline" \
  org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/wyoming-bridge /opt/wyoming-bridge
# /data keeps what has to survive a new container: how much audio was sent today, the bridge's id,
# and models that the user has fetched. It is the only folder that the bridge writes to.
RUN groupadd --system --gid 10300 bridge \
  && useradd --system --uid 10300 --gid bridge --no-create-home bridge \
  && install -d -o bridge -g bridge /data
# As numbers, because Kubernetes cannot tell from a name that this is not root.
USER 10300:10300
ENV PATH=/opt/wyoming-bridge/bin:$PATH \
  STATE_DIRECTORY=/data \
  XDG_DATA_HOME=/data \
  PYTHONUNBUFFERED=1 \
  PYTHONDONTWRITEBYTECODE=1
EXPOSE 10300
# The health check asks the bridge what it offers, at each of its listen addresses. Docker allows
# only exit code 1 for an unhealthy container. With a command other than `run`, use
# --no-healthcheck.
HEALTHCHECK --start-period=30s --interval=120s --timeout=30s \
  CMD wyoming-bridge health --of-process 1 || exit 1
ENTRYPOINT ["wyoming-bridge"]
CMD ["run", "--uri", "tcp://0.0.0.0:10300"]
