"""The published client `georeport`, as it is, against a live server. It reads; what it reads was filed as apps do."""

from typing import Any

import httpx
import pytest
from georeport import GeoReport
from pytest_django.live_server_helper import LiveServer

from fieldsvc.time import now
from tests.open311.app import HOME, RIGHT, App
from tests.uploads.conftest import _empty_storage as _empty_storage
from tests.uploads.sending import picture
from tickets.models import Attachment, ServiceType, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["json", "xml"])
def test_it_lists_services_reads_a_form_and_follows_a_request(
    app: App, live_server: LiveServer, settings: Any, language: str
) -> None:
    settings.OPEN311_PUBLIC = ["leak", "noise"]
    ServiceType.objects.create(code="noise", name="Noise")
    city = f"{live_server.url}{HOME}"
    client = GeoReport(city, jurisdiction="north", output_format=language)

    def found(**asked: str) -> list[str]:
        return [row["service_request_id"] for row in client.get_service_requests(**asked)]

    services = {service["service_code"]: service for service in client.get_service_list()}
    assert services.keys() == {"leak", "noise"}
    assert [str(services[code]["metadata"]).lower() for code in ("leak", "noise")] == ["true", "false"]
    attributes = client.get_service_definition("leak")["attributes"]
    questions = attributes if language == "json" else attributes["attribute"]
    assert questions[0]["code"] == "fault"

    form = {**RIGHT, "jurisdiction_id": "north", "api_key": str(app.key)}
    leak = httpx.post(f"{city}/requests.json", data=form, files={"media": ("photo.jpg", picture())})
    assert leak.status_code == 201, leak.content
    number = leak.json()[0]["service_request_id"]
    assert Attachment.objects.get(ticket__reference=number).state == "stored"
    noise = httpx.post(f"{city}/requests.json", data={**form, "service_code": "noise", "attribute[fault]": ""})
    assert noise.status_code == 201, noise.content

    assert client.get_service_request(number)["status"] == "open"
    assert found() == [noise.json()[0]["service_request_id"], number]
    assert len(found(service_request_id=",".join(found()))) == 2
    Ticket.objects.update(status="resolved", resolved_at=now())
    followed = client.get_service_request(number)
    assert (followed["status"], followed["status_notes"]) == ("closed", "Resolved.")
    assert len(found(status="closed", service_code="leak,noise")) == 2
    with pytest.raises(OSError, match="404"):
        client.get_service_request("XXX-XXX")
    with pytest.raises(OSError, match="404"):
        GeoReport(city, jurisdiction="nowhere", output_format=language).get_service_list()
