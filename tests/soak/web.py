"""A web process that ends with whoever started it: `python -m tests.soak.web PORT`."""

import os
import sys
from threading import Thread

import uvicorn

from fieldsvc.management.commands.worker import end_with_the_input

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldsvc.settings")
    Thread(target=end_with_the_input, daemon=True).start()
    uvicorn.run(
        "fieldsvc.asgi:application", port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False
    )
