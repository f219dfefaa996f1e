"""Which clients learn where the page is."""

from dataclasses import replace
from pathlib import Path

import pytest

from pages import browsing_page, page_config
from wyoming_bridge.access import Balancers
from wyoming_bridge.app.page import place_of
from wyoming_bridge.client import PagePlace, describe
from wyoming_bridge.config import Access, Config
from wyoming_bridge.home import SupervisorApi
from wyoming_bridge.page.settings import PageSettings

BRIDGE = Config()
APP = replace(BRIDGE, supervisor=SupervisorApi(token="s3cr3t"))
BALANCED = replace(BRIDGE, balancers=Balancers(networks=("192.0.2.1",)))
INGRESS = PageSettings(address="*:10381", ingress=True)


@pytest.mark.parametrize(
    ("config", "page", "place"),
    [
        (BRIDGE, PageSettings(address="*:10381"), PagePlace(port=10381)),
        (BRIDGE, PageSettings(address="192.0.2.5:10381"), PagePlace(port=10381)),
        (BRIDGE, PageSettings(address="nas.local:10381"), PagePlace(port=10381)),
        (BRIDGE, None, None),
        # Only a browser on the machine of the bridge can open these.
        (BRIDGE, PageSettings(), None),
        (BRIDGE, PageSettings(address="localhost:10381"), None),
        (BRIDGE, PageSettings(address="[::1]:10381"), None),
        # Behind a balancer, the client does not know which of several bridges has the page.
        (BALANCED, PageSettings(address="*:10381"), None),
        (APP, INGRESS, PagePlace(port=None)),
        # The port is open only inside the container of the app.
        (APP, PageSettings(address="*:10381"), None),
    ],
)
def test_clients_learn_of_a_page_that_they_can_open(
    config: Config, page: PageSettings | None, place: PagePlace | None
) -> None:
    assert place_of(replace(config, page=page), port=10381) == place


@pytest.mark.parametrize("ingress", [True, False])
async def test_the_info_of_a_bridge_says_where_its_page_is(
    tmp_path: Path, *, ingress: bool
) -> None:
    page = PageSettings(address="127.0.0.1:0", ingress=ingress)
    config = page_config(tmp_path, page=page, access=Access())
    async with browsing_page(config) as (_, (host, port)):
        info = await describe(host=host, port=port)

    assert info.page == (PagePlace(port=None) if ingress else None)
