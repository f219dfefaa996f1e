# The bridge with its local realtime server. Python 3.13 is the newest for which PocketSphinx has
# wheels. Only wheels are installed, because compiling under emulation would take hours.
#
# The digest names one build of the base image for all platforms; Dependabot proposes the next one.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
WORKDIR /source
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY wyoming_bridge wyoming_bridge
# PocketSphinx requires sounddevice to record from a microphone, which the bridge never does.
RUN python -m venv /opt/wyoming-bridge \
  && /opt/wyoming-bridge/bin/pip install --no-cache-dir -c constraints.txt --upgrade pip \
  && /opt/wyoming-bridge/bin/pip install --no-cache-dir -c constraints.txt \
    --build-constraint constraints.txt --only-binary :all: '.[ear,house,metrics,redis,zeroconf]' \
  && /opt/wyoming-bridge/bin/pip uninstall --yes sounddevice cffi pycparser

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
COPY --from=build /opt/wyoming-bridge /opt/wyoming-bridge
# /data keeps how much audio was sent today, for profiles with a daily limit.
RUN useradd --system --uid 10300 --no-create-home bridge && install -d -o bridge /data
USER bridge
ENV PATH=/opt/wyoming-bridge/bin:$PATH STATE_DIRECTORY=/data PYTHONUNBUFFERED=1
EXPOSE 10300
# Asks the bridge at each address that it was started with what it offers. Docker knows no other
# exit code than 1 for a container that is not healthy. With another command than `run`, use
# --no-healthcheck.
HEALTHCHECK --start-period=30s --interval=120s --timeout=30s \
  CMD wyoming-bridge health --of-process 1 || exit 1
ENTRYPOINT ["wyoming-bridge"]
CMD ["run", "--uri", "tcp://0.0.0.0:10300"]
