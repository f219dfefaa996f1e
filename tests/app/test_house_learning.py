"""The engines of local servers learn the commands of the house."""

from pathlib import Path

import pytest
import yaml

from patience import PATIENCE_S
from wyoming_bridge.app.house_languages import HouseLanguages
from wyoming_bridge.app.house_learning import HouseLearning
from wyoming_bridge.app.local_server import PrivateServer
from wyoming_bridge.house import House, HouseEntity
from asyncio import timeout

LAMP = House(entities=(HouseEntity(name="Lamp", domain="light"),))
FAN = House(entities=(HouseEntity(name="Fan", domain="fan"),))
DUTCH = House(entities=(HouseEntity(name="Lamp", domain="light"),), language="nl")
