"""The automation that calls a run Crashed which has fallen silent: killed with its worker, or its machine."""

from datetime import timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

SILENT = "Runs that fell silent have crashed"
HEARTBEAT = "prefect.flow-run.heartbeat"
ENDS = ("Completed", "Failed", "Cancelled", "Crashed")
SILENCE = timedelta(minutes=3)      # six heartbeats; a server's restart takes less


def install(client: SyncPrefectClient) -> str:
    """Install it, or bring the one that is there up to date; its name.

    Source: https://docs.prefect.io/v3/advanced/detect-zombie-flows
    """
    present = client.read_automations_by_name(SILENT)
    if present:
        client.update_automation(present[0].id, _silent_runs())
    else:
        client.create_automation(_silent_runs())
    return SILENT


def _silent_runs() -> AutomationCore:
    return AutomationCore(
        name=SILENT, description="A run that gave no heartbeat for three minutes and did not end is set to Crashed.",
        trigger=EventTrigger(
            after={HEARTBEAT}, expect={HEARTBEAT, *(f"prefect.flow-run.{end}" for end in ENDS)},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"}, posture=Posture.Proactive, threshold=1, within=SILENCE),
        actions=[ChangeFlowRunState(
            name=None, state=StateType.CRASHED, force=False,
            message="No heartbeat for three minutes: its process was killed, or the machine went down. Finished stages "
                    "are kept; run again.")])
