"""Named QoS profiles; nodes use no others."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

SENSOR = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
LATCHED = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
# All that publishers kept: with less, a word of one takes the place of a word of another.
KEPT_WORDS = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
# As Open-RMF has it: an adapter that starts late hears what was asked for.
LIFT_REQUESTS = QoSProfile(
    depth=100, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL
)
# Reliable, because in lock-step a lost /clock message stops the simulation until its time-out.
CLOCK = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
