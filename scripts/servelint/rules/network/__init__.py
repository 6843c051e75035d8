"""Smells of the network: RDMA, NCCL, ports, Services."""
