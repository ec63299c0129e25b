# Airflow, the Spark jobs and the models on CPU: one image, so that driver, executors and tasks agree on every version.
FROM python:3.11-slim-bookworm

# Debian keeps one version of these in a release; pinning it would only break the build at the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes openjdk-17-jre-headless procps tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 50000 --create-home --home-dir /var/lib/naru naru \
    && install --directory --owner=naru /lake /var/lib/naru/airflow

COPY requirements/cluster.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.txt

WORKDIR /opt/naru
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

ENV AIRFLOW_HOME=/var/lib/naru/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/naru/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    NARU_ENV=cluster \
    NARU_ROOT=/lake \
    PYSPARK_PYTHON=/usr/local/bin/python \
    PYTHONPATH=/opt/naru

USER 50000
ENTRYPOINT ["tini", "--"]
CMD ["naru", "status"]
