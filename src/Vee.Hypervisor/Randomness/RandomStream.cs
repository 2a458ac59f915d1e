using System.Text;
using Vee.Machines.State;

namespace Vee.Hypervisor.Randomness;

/// <summary>The random numbers of one entity: they depend on the seed and its name and on nobody else's.</summary>
/// <remarks>
/// So a policy that is compared with another sees the same arrivals and services (common random numbers), and an
/// entity that is added changes nothing for the others.
/// </remarks>
internal sealed class RandomStream
{
    private const ulong FnvOffset = 0xcbf29ce484222325;
    private const ulong FnvPrime = 0x100000001b3;
    private const double Ulp53 = 1.0 / (1UL << 53);

    private readonly SeededRandom random;

    /// <param name="seed">Of the whole run.</param>
    /// <param name="entity">Unique name, such as <c>host/guest/arrivals</c>.</param>
    public RandomStream(ulong seed, string entity) => random = new SeededRandom(KeyOf(seed, entity));

    /// <summary>64 random bits.</summary>
    public ulong Next() => random.Next();

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public ulong Next(ulong bound) => random.Next(bound);

    /// <summary>A number above 0 and up to 1, one of 2^53.</summary>
    public double NextPositive() => ((random.Next() >> 11) + 1) * Ulp53;

    /// <summary>A number of the exponential distribution with mean 1.</summary>
    public double NextExponential() => -ExactMath.Log(NextPositive());

    /// <summary>A number of the normal distribution with mean 0 and deviation 1.</summary>
    /// <remarks>Marsaglia's polar method; its second number is not kept: the state is the generator's.</remarks>
    public double NextNormal()
    {
        while (true)
        {
            var x = (2 * NextPositive()) - 1;
            var y = (2 * NextPositive()) - 1;
            var square = (x * x) + (y * y);
            if (square is > 0 and < 1)
            {
                return x * Math.Sqrt(-2 * ExactMath.Log(square) / square);
            }
        }
    }

    /// <summary>Writes where the stream is.</summary>
    public void Save(StateWriter state) => random.Save(state);

    /// <summary>Goes on where the stream was.</summary>
    public void Restore(StateReader state) => random.Restore(state);

    /// <summary>FNV-1a of the name, from the seed; the generator's own seeding scrambles it further.</summary>
    private static ulong KeyOf(ulong seed, string entity)
    {
        var key = unchecked(FnvOffset ^ (seed * 0x9e3779b97f4a7c15));
        foreach (var value in Encoding.UTF8.GetBytes(entity))
        {
            key = unchecked((key ^ value) * FnvPrime);
        }

        return key;
    }
}
