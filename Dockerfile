# One image for every process of ours: API, workers, bootstrap, and the stand-ins of the `sim` profile.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS installed
COPY requirements/main.txt /tmp/main.txt
RUN python3 -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/main.txt

FROM ${BASE_IMAGE}
RUN groupadd --system --gid 10001 lienthong \
    && useradd --system --uid 10001 --gid lienthong --no-create-home --home-dir /app --shell /usr/sbin/nologin lienthong \
    && install --directory --owner lienthong --group lienthong /state
COPY --from=installed /venv /venv
WORKDIR /app
COPY orchestrator.py ./
COPY contracts contracts
COPY policy policy
COPY workflows workflows
COPY activities activities
COPY adapters adapters
COPY documents documents
COPY records records
COPY runtime runtime
COPY api api
COPY workers workers
COPY cli cli
COPY sim_agencies sim_agencies
RUN /venv/bin/python -m compileall -q .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER lienthong
CMD ["python", "-m", "api"]
