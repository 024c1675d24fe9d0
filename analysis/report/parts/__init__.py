"""The parts of a report: each turns estimates into sentences, tables and figures."""
