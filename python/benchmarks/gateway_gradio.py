"""What the gateway is compared with: Gradio's own server, with functions that do nothing."""

import sys

import gradio


def echo(text: str) -> str:
    return text


def echo_many(text: str) -> str:
    return text


with gradio.Blocks() as blocks:
    gradio.api(echo, api_name="echo")
    gradio.api(echo_many, api_name="echo_many", concurrency_limit=None)

blocks.queue(max_size=None)
blocks.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
