"""What broken-interfaces-annotation tells apart beyond its own examples."""

from servelint.rules.network.broken_interfaces_annotation import GOOD

ALSO_BAD = [GOOD.replace("eth2", "eth0"), GOOD.replace("rdma-0", ""), GOOD.replace("[{", "{").replace("}]", "}")]
