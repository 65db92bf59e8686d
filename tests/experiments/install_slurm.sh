#!/bin/sh
# Install Debian's Slurm and Munge, which the proof of `sweep --jobqueue slurm` starts on this machine for itself.
set -eu
if command -v sbatch >/dev/null 2>&1 && command -v munge >/dev/null 2>&1; then
    echo "slurm is there: $(sbatch --version)"
    exit 0
fi
run=""
[ "$(id -u)" -eq 0 ] || run="sudo"
$run apt-get update
$run apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge
