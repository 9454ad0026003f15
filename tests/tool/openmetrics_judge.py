# SPDX-License-Identifier: MIT
"""openmetrics_judge.py : reads OpenMetrics on standard input by the strict parser
of Prometheus's client for Python, and tells how many families and samples."""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(sys.stdin.read()))
print(len(families), sum(len(f.samples) for f in families))
