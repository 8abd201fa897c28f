#!/usr/bin/env bash
# The tests with real engines, which the normal suite does not collect: Ray, Slurm, object storage.
# What is missing is installed for the run, where it can be had; else its tests are skipped, and
# said to be. Under 15 minutes on two cores. Arguments go to pytest.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${PYTHON:-python}
say() { printf '%s\n' "== $*"; }

missing=()
for module in ray submitit moto s3fs flask flask_cors; do
  "$python" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$module') is None)" ||
    missing+=("$module")
done
if [ ${#missing[@]} -gt 0 ]; then
  say "installing ray, submitit, moto[server], s3fs (missing: ${missing[*]})"
  timeout 240 "$python" -m pip install --quiet --disable-pip-version-check \
    -c "$root/constraints.txt" ray submitit 'moto[server]' s3fs ||
    say "could not be installed: the tests that need ${missing[*]} are skipped"
fi
PATH="$PATH:/usr/sbin:/sbin"
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  say "installing slurm-wlm and munge"
  { [ "$(id -u)" = 0 ] && timeout 180 apt-get install -y -qq slurm-wlm munge >/dev/null 2>&1; } ||
    say "could not be installed: the tests that need Slurm are skipped"
fi

status=0
export OMP_NUM_THREADS=1 RAY_USAGE_STATS_ENABLED=0
for part in storage:180 ray:420 slurm:360; do
  say "${part%:*}, ${part#*:} seconds at most"
  timeout "${part#*:}" "$python" -m pytest -rs --timeout 350 "$here/cluster_${part%:*}.py" "$@"
  code=$?
  [ "$code" -eq 0 ] || [ "$code" -eq 5 ] || status=1 # 5: all of it was skipped
done
exit "$status"
