/* SPDX-License-Identifier: MIT */
#include "report/statistics/wilson.h"

#include <math.h>

struct share_bounds wilson(double share, double n, double z)
{
	double z2 = z * z / n;
	double middle = share + z2 / 2;
	double reach = z * sqrt(share * (1 - share) / n + z2 / (4 * n));
	double low = fmax(0, (middle - reach) / (1 + z2));
	double high = fmin(1, (middle + reach) / (1 + z2));

	return (struct share_bounds){ share > 0 ? low : 0,
				      share < 1 ? high : 1 };
}
