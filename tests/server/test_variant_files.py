"""What wheel variants need, served from a store whose releases do not say it."""

import json

from tests.server.scene import JSON, serving
from tests.support.variant_wheels import CUDA_12, variant_wheel, variants_json

NAME = "acme_kern-1.0-variants.json"


def test_the_file_is_listed_and_served() -> None:
    with serving(variant_wheel("null", {}), variant_wheel("cu12", CUDA_12)) as server:
        page = server.client.get("/simple/acme-kern/", headers={"accept": JSON}).json()
        (file,) = (file for file in page["files"] if file["filename"] == NAME)
        response = server.client.get(f"/variants/acme-kern/{NAME}")

        assert file["url"] == f"../../variants/acme-kern/{NAME}"
        assert json.loads(response.content) == variants_json(null={}, cu12=CUDA_12)
        assert (
            server.client.get("/variants/acme-kern/acme_kern-2.0-variants.json").status_code == 404
        )
        assert server.client.get(f"/variants/other/{NAME}").status_code == 404
