# The private proxy, `ghpypi serve`, and nothing else: a slim image, a user without rights, and a
# root that may be read-only. Dependencies are installed with hashes. Build: docker build -t ghpypi .
FROM python:3.13-slim AS build

WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt action/requirements-serve.txt ./
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/ghpypi \
 && python -m pip --python /opt/ghpypi install --only-binary :all: --require-hashes \
      -r requirements-serve.txt
COPY ghpypi ghpypi
# The constraints are those of the build backend.
RUN PIP_CONSTRAINT=constraints.txt python -m pip --python /opt/ghpypi install --no-deps .

FROM python:3.13-slim

COPY --from=build /opt/ghpypi /opt/ghpypi
ENV PATH=/opt/ghpypi/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GHPYPI_SERVE_HOST=0.0.0.0
USER 65532:65532
WORKDIR /tmp
EXPOSE 8080
STOPSIGNAL SIGTERM
# By itself, whatever http_proxy says: Docker hands that of its configuration to every container.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", "\
from urllib.request import ProxyHandler, build_opener; \
build_opener(ProxyHandler({})).open('http://127.0.0.1:8080/health', timeout=4)"]
ENTRYPOINT ["ghpypi", "serve"]
