package limit

// Size is how many sources are remembered.
func (c *Class) Size() int { return c.shares.size() }
