"""Velaurum's worker as a Functions app: what the host calls, and when. What is called stands in velaurum.functions."""

import azure.functions as func

from velaurum.functions.host import Host

app = func.FunctionApp()
host = Host()


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%VELAURUM_SERVICEBUS_QUEUE%",
    connection="ServiceBusConnection",
    data_type=func.DataType.BINARY,
    is_sessions_enabled=True,
)
def consume(message: func.ServiceBusMessage) -> None:
    host.consume(message)


@app.timer_trigger(arg_name="timer", schedule="*/5 * * * * *")
def carry(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the host names it
    host.carry()


@app.timer_trigger(arg_name="timer", schedule="*/5 * * * * *")
def deliver(timer: func.TimerRequest) -> None:  # noqa: ARG001
    host.deliver()


@app.timer_trigger(arg_name="timer", schedule="*/10 * * * * *")
def expire(timer: func.TimerRequest) -> None:  # noqa: ARG001
    host.expire()


@app.timer_trigger(arg_name="timer", schedule="*/10 * * * * *")
def work_light_jobs(timer: func.TimerRequest) -> None:  # noqa: ARG001
    host.work_light_jobs()


@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
def remind(timer: func.TimerRequest) -> None:  # noqa: ARG001
    host.remind()


@app.timer_trigger(arg_name="timer", schedule="0 */15 * * * *")
def sweep(timer: func.TimerRequest) -> None:  # noqa: ARG001
    host.sweep()
