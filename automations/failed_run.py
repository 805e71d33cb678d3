"""Let a webhook be called when a run failed: `python automations/failed_run.py URL`, in the checkout, after `fer up`.

Slack, Mattermost and the like show the field `text` of the payload; the URL is kept encrypted, in a Webhook block. Run
it again to change the URL or what automations/failed_run.yaml says.
"""

import sys
from pathlib import Path

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import get_client
from prefect.events.schemas.automations import AutomationCore
from pydantic import SecretStr
from ruamel.yaml import YAML

TEMPLATE = Path(__file__).with_name("failed_run.yaml")
BLOCK = "fer-failed-run"


def install(url: str) -> str:
    """Save the block and install the automation, or bring both up to date; the automation's name."""
    webhook = Webhook(url=SecretStr(url), headers={"Content-Type": "application/json"})
    block = webhook.save(BLOCK, overwrite=True)
    content = YAML(typ="safe").load(TEMPLATE)
    content["actions"][0]["block_document_id"] = str(block)
    automation = AutomationCore.model_validate(content)
    with get_client(sync_client=True) as client:
        present = client.read_automations_by_name(automation.name)
        if present:
            client.update_automation(present[0].id, automation)
        else:
            client.create_automation(automation)
    return automation.name


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("error: one URL is needed: python automations/failed_run.py https://hooks.example.org/…")
    print(f"Automation: {install(sys.argv[1])}")
