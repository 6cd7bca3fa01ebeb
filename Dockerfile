# The kit in a container: the mock by default, the suite with --entrypoint contract-tests.
FROM python:3.13-slim-bookworm AS build
WORKDIR /kit
COPY requirements.lock ./
RUN python -m venv /opt/kit \
    && /opt/kit/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/kit/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home kit
COPY --from=build /opt/kit /opt/kit
# Beyond the loopback the control API needs a token: set MOCKSERVER_ADMIN_TOKEN and MOCKSERVER_ADMIN=true to have it.
ENV PATH=/opt/kit/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MOCKSERVER_HOST=0.0.0.0 \
    MOCKSERVER_ADMIN=false
USER 10001
WORKDIR /home/kit
EXPOSE 4010
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:4010/openapi.yaml', timeout=2)"]
ENTRYPOINT ["mockserver"]
