"""Alarms that nobody takes reach people: e-mail, webhook, SMS or Zalo through a gateway. Off unless set up."""
