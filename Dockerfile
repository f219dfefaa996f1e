# The bridge with its local realtime server. Python 3.13 is the newest for which PocketSphinx has
# wheels. Only wheels are installed, because compiling under emulation would take hours.
FROM python:3.13-slim AS build
WORKDIR /source
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY wyoming_bridge wyoming_bridge
RUN python -m venv /opt/wyoming-bridge \
  && /opt/wyoming-bridge/bin/pip install --no-cache-dir -c constraints.txt --upgrade pip \
  && /opt/wyoming-bridge/bin/pip install --no-cache-dir -c constraints.txt \
    --build-constraint constraints.txt --only-binary :all: '.[local,zeroconf]'

FROM python:3.13-slim
COPY --from=build /opt/wyoming-bridge /opt/wyoming-bridge
# /data keeps how much audio was sent today, for profiles with a daily limit.
RUN useradd --system --uid 10300 --no-create-home bridge && install -d -o bridge /data
USER bridge
ENV PATH=/opt/wyoming-bridge/bin:$PATH STATE_DIRECTORY=/data PYTHONUNBUFFERED=1
EXPOSE 10300
# Checks whether the bridge answers a Wyoming client; it sends no request to a service.
HEALTHCHECK --start-period=30s --interval=60s --timeout=10s \
  CMD ["python", "-c", "import socket; s = socket.create_connection(('127.0.0.1', 10300), 5); s.sendall(b'{\"type\": \"describe\"}\\n'); assert s.recv(1)"]
ENTRYPOINT ["wyoming-bridge"]
CMD ["run", "--uri", "tcp://0.0.0.0:10300"]
