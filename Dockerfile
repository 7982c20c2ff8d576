# One image for migrate, web, worker and beat. The tools that build it stay in the first stage.
FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/provisioning
COPY requirements.txt /src/
RUN /opt/provisioning/bin/pip install --require-hashes --only-binary=:all: --requirement /src/requirements.txt
COPY pyproject.toml README.md LICENSE /src/
COPY provisioning /src/provisioning
COPY outbound /src/outbound
COPY admin_api /src/admin_api
COPY console /src/console
COPY scim_api /src/scim_api
COPY workers /src/workers
COPY service /src/service
# Without isolation the build uses the setuptools whose hash was checked above, and no network.
RUN /opt/provisioning/bin/pip install --no-deps --no-build-isolation /src \
    && /opt/provisioning/bin/pip uninstall --yes setuptools pip

FROM python:3.13-slim-trixie
# By number: an orchestrator can only prove that a numeric user is not root.
RUN groupadd --system --gid 10001 provisioning \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/provisioning provisioning \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/provisioning
COPY --from=build /opt/provisioning /opt/provisioning
ENV PATH=/opt/provisioning/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PROVISIONING_DATA_DIR=/var/lib/provisioning \
    PROVISIONING_LISTEN=0.0.0.0:8000
USER 10001:10001
WORKDIR /var/lib/provisioning
EXPOSE 8000
ENTRYPOINT ["provisioning"]
CMD ["web"]
