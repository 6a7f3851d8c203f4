# One image for the four programs: `python -m collectors`, `python -m scheduler`, `python -m api`, `python -m simulators`, and `facility`.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
# Empty unless the build needs a package index of its own.
ARG PIP_INDEX_URL=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/facility
COPY requirements.lock ./
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/facility/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY facility facility
COPY collectors collectors
COPY scheduler scheduler
COPY api api
COPY simulators simulators
COPY grafana grafana
RUN /opt/facility/bin/pip install --no-deps --no-build-isolation --no-cache-dir .

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Facility" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 facility \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin facility \
 && install --directory --owner=facility --group=facility --mode=0750 /data
COPY --from=build /opt/facility /opt/facility
COPY examples/demo /site
ENV PATH=/opt/facility/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FACILITY_DATA=/data \
    FACILITY_SITE=/site/site.yaml
USER 10001:10001
WORKDIR /data
VOLUME /data
CMD ["facility", "--help"]
