"""Alarms that nobody takes reach people: e-mail, push, webhook, SMS or Zalo through a gateway. Off if not set up."""
