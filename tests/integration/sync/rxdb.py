"""What an RxDB client sends and expects, without RxDB: for the table of cases."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.test import Client


@dataclass
class RxPhone:
    """One installation; keeps the checkpoint of each collection."""

    token: str
    device: str | None = field(default_factory=lambda: str(uuid.uuid4()))
    checkpoints: dict[str, dict[str, Any]] = field(default_factory=dict)

    def push(self, rows: Any, collection: str = "pain_logs", **headers: str) -> Any:
        body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        return Client().post(
            f"/api/v1/sync/rxdb/{collection}/push",
            data=body,
            content_type="application/json",
            headers=self._headers() | headers,
        )

    def pushed(self, *rows: Any, collection: str = "pain_logs") -> list[dict[str, Any]]:
        response = self.push(list(rows), collection)
        assert response.status_code == 200, response.content
        return response.json()

    def pull(self, collection: str = "pain_logs", **query: Any) -> Any:
        return Client().get(
            f"/api/v1/sync/rxdb/{collection}/pull", query, headers=self._headers()
        )

    def pulled(
        self, collection: str = "pain_logs", limit: int = 100
    ) -> list[dict[str, Any]]:
        """Pull page by page as RxDB does: until a page is not full."""
        documents = []
        while True:
            known = self.checkpoints.get(collection) or {"updatedAt": 0, "id": ""}
            response = self.pull(
                collection, updatedAt=known["updatedAt"], id=known["id"], limit=limit
            )
            assert response.status_code == 200, response.content
            page = response.json()
            documents += page["documents"]
            self.checkpoints[collection] = page["checkpoint"]
            if len(page["documents"]) < limit:
                return documents

    def _headers(self) -> dict[str, str]:
        named = {"X-Device-Id": self.device} if self.device else {}
        return {"X-Session-Token": self.token} | named


def row(new: dict[str, Any], assumed: dict[str, Any] | None = None) -> dict[str, Any]:
    states = {"newDocumentState": {"_deleted": False} | new}
    if assumed is not None:
        states["assumedMasterState"] = {"_deleted": False} | assumed
    return states
