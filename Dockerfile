# syntax=docker/dockerfile:1
# Two stages: the first installs, the second has what is installed and no tools. See docs/docker.md.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/accbooks
WORKDIR /source
COPY requirements.lock .
RUN /opt/accbooks/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY accbooks_warehouse accbooks_warehouse
COPY sources sources
COPY pipelines pipelines
COPY transforms transforms
COPY emulator emulator
RUN /opt/accbooks/bin/pip install --no-deps --no-build-isolation . \
    && rm -rf /opt/accbooks/lib/python3.11/site-packages/pyarrow/tests \
    && /opt/accbooks/bin/pip uninstall --yes hatchling setuptools pip

FROM python:3.11-slim
COPY --from=build /opt/accbooks /opt/accbooks
RUN useradd --uid 10001 --create-home accbooks && install -d -o accbooks /data
ENV PATH=/opt/accbooks/bin:$PATH PYTHONUNBUFFERED=1
USER accbooks
WORKDIR /data
VOLUME /data
ENTRYPOINT ["accbooks"]
CMD ["sync", "--summary", "line"]
