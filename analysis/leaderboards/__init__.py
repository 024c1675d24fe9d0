"""Benchmark scores of systems beside what people and judges say of them."""
