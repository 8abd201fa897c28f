#!/usr/bin/env bash
# A Slurm cluster of two nodes on this machine: munge, slurmctld and two slurmd, in a folder.
#   slurm_cluster.sh up FOLDER      starts it; then SLURM_CONF=FOLDER/slurm.conf reaches it
#   slurm_cluster.sh down FOLDER    ends what it started, by process id, and nothing else
# Ports are 16817 and 17011 to 17012 of the loopback interface.
set -euo pipefail

action=$1 folder=$2
export PATH="$PATH:/usr/sbin:/sbin"

configure() {
  local user host
  user=$(id -un) host=$(hostname -s)
  mkdir -p "$folder/state" "$folder/spool"
  chmod 755 "$folder"
  (umask 077 && head -c 128 /dev/urandom >"$folder/munge.key")
  cat >"$folder/slurm.conf" <<END
ClusterName=dlibtest
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
# A job that is queued again waits for as long as a credential lives.
AuthInfo=socket=$folder/munge.socket,cred_expire=10
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
ReturnToService=2
KillWait=20
MinJobAge=600
NodeName=node1 NodeHostname=$host NodeAddr=127.0.0.1 Port=17011 CPUs=1 RealMemory=4000
NodeName=node2 NodeHostname=$host NodeAddr=127.0.0.1 Port=17012 CPUs=1 RealMemory=4000
PartitionName=low Nodes=node[1-2] Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=15 MaxTime=60 State=UP
PartitionName=high Nodes=node[1-2] PriorityTier=10 PreemptMode=OFF MaxTime=60 State=UP
END
}

up() {
  configure
  munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munge.seed"
  export SLURM_CONF="$folder/slurm.conf"
  slurmctld -f "$SLURM_CONF" -c
  slurmd -f "$SLURM_CONF" -N node1
  slurmd -f "$SLURM_CONF" -N node2
  for _ in $(seq 60); do
    if [ "$(sinfo -h -t idle -o %D 2>/dev/null | sort -n | tail -1)" = 2 ]; then return; fi
    sleep 1
  done
  echo "the two nodes did not come up; see $folder/*.log" >&2
  sinfo >&2 || true
  exit 1
}

down() {
  local name pid left=()
  for name in slurmd.node1 slurmd.node2 slurmctld munged; do
    if pid=$(cat "$folder/$name.pid" 2>/dev/null) && kill "$pid" 2>/dev/null; then left+=("$pid"); fi
  done
  for pid in "${left[@]}"; do
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  done
}

"$action"
