"""What the verbs of ``naru`` do: running the DAGs, asking releases, starting Airflow, showing results."""
